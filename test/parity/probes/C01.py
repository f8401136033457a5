# create_task never starts synchronously; FIFO start order; end-to-end tick costs
async def t(n): p(n, 'start'); return n
async def main():
    p('main'); a = create_task(t('a')); b = create_task(t('b')); p('created'); p(await b, 'awaited b'); p(a.done(), await a, 'a was already done: no tick')
run(main())

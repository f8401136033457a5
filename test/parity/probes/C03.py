# sleep(0)/negative = exactly one tick; interleaving is round robin
async def t(n):
    for i in range(3): p(n, i); await sleep(0 if i else -5)
async def main(): await asyncio.gather(t('a'), t('b'))
run(main())

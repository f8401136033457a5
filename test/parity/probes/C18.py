# done-callback vs awaiter order = registration order, both one tick after completion
async def t(): return 1
async def w(x): await x; p('awaiter')
async def main():
    x = create_task(t()); x.add_done_callback(lambda _: p('cb1')); y = create_task(w(x)); await sleep(0); p('x.done', x.done()); await y
    x = create_task(sleep(.01)); x.add_done_callback(lambda _: p('cb1')); y = create_task(w(x)); await sleep(0); x.add_done_callback(lambda _: p('cb2')); await y; await sleep(0)
run(main())

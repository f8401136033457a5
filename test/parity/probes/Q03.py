# async generators run in the context of whoever iterates them; a set inside leaks to the iterating task
v = contextvars.ContextVar('v', default=0)
async def gen():
    yield v.get(); v.set('set by gen'); yield v.get()
    while True: yield v.get()
async def other(g): v.set('other task'); return await anext(g)
async def main():
    g = gen(); v.set('iter1'); p(await anext(g)); v.set('iter2'); p(await anext(g), v.get(), '<- leaks to the iterating task')
    p(await create_task(other(g)), v.get()); p(await anext(g))
run(main())

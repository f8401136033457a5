# eager: exceptions, cancel of current inside, contextvars copy, outside running loop
v = contextvars.ContextVar('v', default=0)
async def bad(): raise ValueError('e')
async def setv(): v.set(1); return v.get()
async def cs(): asyncio.current_task().cancel(); await sleep(0)
async def main():
    loop = asyncio.get_running_loop(); loop.set_task_factory(asyncio.eager_task_factory)
    b = create_task(bad()); p(b.done(), repr(b.exception()))
    s = create_task(setv()); p(s.result(), 'leaked?', v.get())
    c = create_task(cs()); p(c.done()); await asyncio.wait([c]); p(c.cancelled())
    u = create_task(sleep(.01)); p('never-started cancel is impossible: cancel ->', u.cancel()); await asyncio.wait([u])
run(main())
loop = TickLoop(); c = setv(); t = asyncio.Task(c, loop=loop, eager_start=True); print('loop not running: eager_start ignored', t.done()); loop.run_until_complete(t); loop.close()

# run_in_executor/to_thread: cancelling does not stop the thread; result dropped; queued job is really cancelled; exceptions; StopIteration
import concurrent.futures as cf
async def main():
    loop = asyncio.get_running_loop(); done = []
    def job(n, d): time.sleep(d); done.append(n); return n
    ex = cf.ThreadPoolExecutor(1)
    f = loop.run_in_executor(ex, job, 'running', .03); q = loop.run_in_executor(ex, job, 'queued', 0); p(type(f).__name__, f.done())
    await sleep(.005); p('cancel', f.cancel(), q.cancel(), f.cancelled(), q.cancelled()); await sleep(.06); p('thread side finished:', done)
    def bad(): raise KeyError('x')
    for fn in (bad, lambda: next(iter(()))):
        try: await loop.run_in_executor(ex, fn)
        except (KeyError, RuntimeError) as e: p(repr(e))
    t = create_task(asyncio.to_thread(job, 'tt', .02)); await sleep(.005); t.cancel(); await asyncio.wait([t]); p('to_thread task cancelled at once', t.cancelled(), done); await sleep(.04); p(done)
    r = asyncio.to_thread(job, 'lazy', 0); p('to_thread() is a coroutine: nothing started', done); p(await r); ex.shutdown()
run(main())

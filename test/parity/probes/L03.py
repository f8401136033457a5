# default executor: size, names, set_default_executor type check, shutdown_default_executor, use after shutdown
import concurrent.futures as cf, os
async def main():
    loop = asyncio.get_running_loop(); p(await asyncio.to_thread(lambda: threading.current_thread().name), loop._default_executor._max_workers == min(32, (os.process_cpu_count() or 1) + 4))
    try: loop.set_default_executor(5)
    except TypeError as e: p(e)
    await loop.shutdown_default_executor()
    try: loop.run_in_executor(None, print)
    except RuntimeError as e: p(e)
    with cf.ThreadPoolExecutor(2) as ex: p('explicit executor still works', await loop.run_in_executor(ex, lambda: 1))
run(main())

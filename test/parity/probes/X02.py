# run(): accepts any awaitable (3.14), rejects others, nested, exception path still cleans up
class A:
    def __await__(s): yield; return 'awaitable'
print(run(A()))
for bad in (5, lambda: 1):
    try: run(bad)
    except TypeError as e: print(e)
async def bg():
    try: await sleep(10)
    finally: p('bg cleaned')
async def main(): global t; t = create_task(bg()); await sleep(0); raise ValueError('main failed')
try: run(main())
except ValueError as e: print(repr(e))
async def m2(): asyncio.current_task().cancel(); await sleep(0)
try: run(m2())
except CancelledError as e: print('run raises', repr(e))

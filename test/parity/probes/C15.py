# SystemExit in a task: stored in the task AND thrown out of the loop; KeyboardInterrupt same
async def bad(): raise SystemExit(3)
loop = TickLoop()
async def main():
    global x; x = create_task(bad()); 
    try: await x
    except BaseException as e: print('main task sees', repr(e))
try: loop.run_until_complete(main())
except SystemExit as e: print('escaped', repr(e), 'x.exception()', repr(x.exception()))
for t in asyncio.all_tasks(loop): print('left:', t.get_name()); loop.run_until_complete(t)
loop.close()
async def top(): raise SystemExit(4)
try: run(top())
except SystemExit as e: print('run ->', e.code)

# task awaiting itself
async def t(): await asyncio.current_task()
async def main():
    x = create_task(t(), name='X')
    try: await x
    except RuntimeError as e: p(str(e).split(' coro')[0])
run(main())

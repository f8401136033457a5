# await coro vs await task (tutorial example, both variants)
async def coro_a(): p('I am coro_a(). Hi!')
async def coro_b(): p('I am coro_b(). I sure hope no one hogs the event loop...')
async def main(wrap):
    task_b = create_task(coro_b())
    for _ in range(3): await (create_task(coro_a()) if wrap else coro_a())
    await task_b
run(main(False)); print('--'); run(main(True))

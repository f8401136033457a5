# names, repr in each state, current_task/all_tasks
async def t(f=None): await (f or sleep(0))
def R(x): import re; return re.sub(r"(/[^ ]*/)|0x[0-9a-f]+", '', repr(x))
async def main():
    p(R(asyncio.current_task())); a = create_task(t()); p(R(a)); a.set_name(42); b = create_task(t(), name=7); p(a.get_name(), b.get_name())
    await sleep(0); p(R(a)); a.cancel(); p(R(a)); await asyncio.wait([a, b]); p(R(a), R(b)); p('all_tasks', [x.get_name() for x in asyncio.all_tasks()])
    asyncio.get_running_loop().call_soon(lambda: p('in callback current_task', asyncio.current_task())); await sleep(0)
    p(a.get_loop() is asyncio.get_running_loop(), a.get_coro().__name__)
try: asyncio.current_task()
except RuntimeError as e: print(repr(e))
run(main())

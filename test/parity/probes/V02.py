# tutorial: factorial with gather; and the "list comprehension of awaits" variant, on a virtual clock
async def factorial(name, number):
    f = 1
    for i in range(2, number + 1):
        print(f"Task {name}: Compute factorial({number}), currently i={i}..."); await sleep(1); f *= i
    print(f"Task {name}: factorial({number}) = {f}"); return f
async def a(): print(await asyncio.gather(factorial("A", 2), factorial("B", 3), factorial("C", 4))); print(round(asyncio.get_running_loop().time()), 's')
async def b(): ts = [create_task(factorial(n, k)) for n, k in (("A", 2), ("B", 3), ("C", 4))]; print([await t for t in ts]); print(round(asyncio.get_running_loop().time()), 's')
run(a()); run(b())

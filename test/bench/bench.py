"""CPython's asyncio under the workloads of contender.ts.

Reads one request a line on stdin ({"do": "prepare" | "sample" | "idle", "row": {...}}), answers one line of JSON each.
"""
import asyncio
import gc
import json
import sys
import time
import tracemalloc

SAMPLE_MS = 25
WARM_UP_MS = 50
now = time.perf_counter


def check(actual, expected):
    if actual != expected:
        raise AssertionError(f"the workload gave {actual} instead of {expected}")


def shuffled(n):
    order = list(range(n))
    seed = 12345
    for i in range(n - 1, 0, -1):
        seed = (seed * 1103515245 + 12345) % 2147483648
        j = seed % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


async def leaf(i):
    return i


async def sleeper():
    await asyncio.sleep(3600)


async def chain(n, k):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    left = n

    def step():
        nonlocal left
        left -= 1
        if left > 0:
            loop.call_soon(step)
        else:
            done.set_result(None)

    begin = now()
    loop.call_soon(step)
    await done
    took = now() - begin
    check(left, 0)
    return took


async def batch(n, k):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    count = 0

    def step():
        nonlocal count
        count += 1

    begin = now()
    for _ in range(n):
        loop.call_soon(step)
    loop.call_soon(done.set_result, None)
    await done
    took = now() - begin
    check(count, n)
    return took


async def switches(n, k):
    done = asyncio.get_running_loop().create_future()
    left = n
    count = 0

    async def worker():
        nonlocal left, count
        for _ in range(k):
            await asyncio.sleep(0)
            count += 1
        left -= 1
        if left == 0:
            done.set_result(None)

    tasks = [asyncio.create_task(worker()) for _ in range(n)]
    await asyncio.sleep(0)
    begin = now()
    await done
    took = now() - begin
    check(count, n * k)
    check(len(tasks), n)
    return took


async def spawn(n, k):
    total = 0
    begin = now()
    for _ in range(k):
        tasks = [asyncio.create_task(leaf(i)) for i in range(n)]
        for task in tasks:
            total += await task
    took = now() - begin
    check(total, k * n * (n - 1) // 2)
    return took


async def gather(n, k):
    total = 0
    begin = now()
    for _ in range(k):
        for value in await asyncio.gather(*[leaf(i) for i in range(n)]):
            total += value
    took = now() - begin
    check(total, k * n * (n - 1) // 2)
    return took


async def resume(n, k):
    took = 0

    async def level(depth):
        nonlocal took
        if depth > 1:
            return 1 + await level(depth - 1)
        await asyncio.sleep(0)
        begin = now()
        for _ in range(k):
            await asyncio.sleep(0)
        took = now() - begin
        return 1

    check(await level(n), n)
    return took


async def count_down(depth):
    return 1 + await count_down(depth - 1) if depth > 1 else 1


async def call(n, k):
    total = 0
    begin = now()
    for _ in range(k):
        total += await count_down(n)
    took = now() - begin
    check(total, n * k)
    return took


async def cancel(n, k):
    took = 0
    for _ in range(k):
        tasks = [asyncio.create_task(sleeper()) for _ in range(n)]
        await asyncio.sleep(0)
        begin = now()
        for task in tasks:
            task.cancel()
        done, _pending = await asyncio.wait(tasks)
        took += now() - begin
        check(sum(task.cancelled() for task in done), n)
    return took


async def fire(n, k):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    order = shuffled(n)
    total = 0
    left = n

    def fired(i):
        nonlocal total, left
        total += i
        left -= 1
        if left == 0:
            done.set_result(None)

    begin = now()
    for i in range(n):
        loop.call_later(order[i] / n * 0.001, fired, i)
    await done
    took = now() - begin
    check(total, n * (n - 1) // 2)
    return took


async def disarm(n, k):
    loop = asyncio.get_running_loop()
    order = shuffled(n)
    fired = 0

    def fire():
        nonlocal fired
        fired += 1

    begin = now()
    timers = [loop.call_later(10 + order[i] / n * 10, fire) for i in range(n)]
    for i in order:
        timers[i].cancel()
    await asyncio.sleep(0)
    took = now() - begin
    check(fired, 0)
    return took


WORKLOADS = {
    "chain": chain,
    "batch": batch,
    "switches": switches,
    "spawn": spawn,
    "spawnWrapped": spawn,
    "gather": gather,
    "resume": resume,
    "call": call,
    "cancel": cancel,
    "fire": fire,
    "disarm": disarm,
}


def prepare(row):
    workload = WORKLOADS[row["run"]]
    n = -(-row["n"] // 20) if row.get("heavy") else row["n"]
    begin = now()
    while True:
        asyncio.run(workload(n, row["k"]))
        if (now() - begin) * 1000 >= WARM_UP_MS:
            return True


def sample(row):
    workload = WORKLOADS[row["run"]]
    per_operation = 1e9 / row.get("ops", row["n"] * row["k"])
    runs = []
    while True:
        runs.append(asyncio.run(workload(row["n"], row["k"])))
        if sum(runs) * 1000 >= SAMPLE_MS or row.get("heavy"):
            mean = sum(runs) / len(runs)
            return {"mean": mean * per_operation, "best": min(runs) * per_operation}


async def idle_bytes(row):
    n = row["n"]
    gate = asyncio.get_running_loop().create_future()

    async def waiter():
        await gate

    make = sleeper if row["run"] == "idleSleep" else waiter
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tasks = [asyncio.create_task(make()) for _ in range(n)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return (after - before) / n


def main():
    sys.setrecursionlimit(20_000)
    for line in sys.stdin:
        request = json.loads(line)
        row = request["row"]
        if request["do"] == "prepare":
            answer = prepare(row)
        elif request["do"] == "sample":
            answer = sample(row)
        else:
            answer = asyncio.run(idle_bytes(row))
        print(json.dumps(answer), flush=True)


main()

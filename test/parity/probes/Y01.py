# send/throw/close on a raw coroutine; custom awaitable (tutorial "Rock")
class Rock:
    def __await__(self):
        value_sent_in = yield 7
        print(f"Rock.__await__ resuming with value: {value_sent_in}.")
        return value_sent_in
async def main():
    print("Beginning coroutine main()."); rock = Rock(); print("Awaiting rock..."); v = await rock
    print(f"Coroutine received value: {v} from rock."); return 23
c = main(); print(f"Coroutine paused and returned intermediate value: {c.send(None)}."); print("Resuming coroutine and sending in value: 42.")
try: c.send(42)
except StopIteration as e: print(f"Coroutine main() finished and provided value: {e.value}.")
try: c.send(None)
except RuntimeError as e: print(e)
c = main()
try: c.send(1)
except TypeError as e: print(e)
c.close()
try: c.send(None)
except RuntimeError as e: print(e)

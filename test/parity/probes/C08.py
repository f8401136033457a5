# the CancelledError instance is handed from inner task to outer task once; a second retrieval makes a new one without the traceback chain
async def inner(): await sleep(10)
async def main():
    t = create_task(inner()); await sleep(0); t.cancel('m'); es = []
    for _ in range(3):
        try: await t
        except CancelledError as e: es.append(e)
    p([repr(e) for e in es], 'e0 is e1', es[0] is es[1], 'tb depth', [len(list(__import__('traceback').walk_tb(e.__traceback__))) for e in es])
run(main())

# cancelling()/uncancel(): counting, rescinding a pending request (3.13+)
async def t():
    me = asyncio.current_task(); me.cancel(); me.cancel(); p('cancelling', me.cancelling(), 'uncancel ->', me.uncancel(), me.uncancel(), me.uncancel())
    await sleep(0); p('rescinded: sleep(0) survived')
    try:
        me.cancel(); await sleep(0)
    except CancelledError: p('caught; cancelling', me.cancelling(), 'state repr', repr(me).split(' name')[0])
    await sleep(0); p('after swallow without uncancel a plain await works; cancelling', me.cancelling()); me.uncancel(); return 'ok'
async def main():
    x = create_task(t()); p(await x, x.cancelled(), x.cancelling())
run(main())

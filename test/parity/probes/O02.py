# "coroutine was never awaited"; created-at in debug mode
async def c(): pass
async def main(): c(); gc.collect(); p('after')
warnings.showwarning = lambda m, cat, *a: print(cat.__name__, str(m).replace(__file__, 'FILE'))
run(main()); print('--debug'); run(main(), debug=True); x = c(); x.close(); del x; print('closed coroutine: silent')

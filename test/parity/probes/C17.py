# get_stack / print_stack
async def deep(): await sleep(.01)
async def mid(): await deep()
async def bad(): 1/0
async def main():
    t = create_task(mid()); await sleep(0); p([f.f_code.co_name for f in t.get_stack()], 'only the outermost frame of a suspended task'); await t; p(t.get_stack())
    b = create_task(bad()); await asyncio.wait([b]); p([f.f_code.co_name for f in b.get_stack()]); b.print_stack(file=sys.stdout)
run(main())

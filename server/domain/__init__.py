"""The rules: pure functions on frozen values, without I/O, asyncio or a clock."""

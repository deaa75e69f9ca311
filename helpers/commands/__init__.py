"""What the command `workbook` does, one command a module: cli.py declares them, these carry them out.

`lab`, `suite` (test), `workspace` (copies), `benches` (bench), `lock`; and what several need: `browser`, `bytecode`,
`child_environment`. `build`, `progress`, `doctor` and `endpoint` live with what they are about.
"""

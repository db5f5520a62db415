"""Figures 指标数: every number of a programme for every division, with target,
expectation and the truth about reporting."""

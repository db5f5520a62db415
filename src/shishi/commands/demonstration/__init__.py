"""Demonstration data 演示数据: hand-ins as clerks would make them, and the articles' figures to hold the result against."""

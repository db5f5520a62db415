"""Maps 地图: the outlines of divisions that an operator brings; none are ours."""

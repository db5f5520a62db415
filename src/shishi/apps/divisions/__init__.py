"""The division tree 行政区划 as it is stored: dated snapshots of the code list, and what packs say about it."""

"""Exchange 数据交换: who we speak with, what was said and by whom, receipts of both sides; nothing lost, nothing twice."""

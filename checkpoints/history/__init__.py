"""What is kept of every run, in quality.db: runs, checks, metrics and what people decided."""

from checkpoints.history.metrics import Metrics
from checkpoints.history.noted import Noted
from checkpoints.history.opening import now
from checkpoints.history.runs import History, PastRun, Rollback

__all__ = ["History", "Metrics", "Noted", "PastRun", "Rollback", "now"]

"""A make-believe nation with planted truth: to learn on, and to test every method against."""

from forestall.evidence.synthetic.region import Region, generate, make_believe, publish_region

__all__ = ["Region", "generate", "make_believe", "publish_region"]

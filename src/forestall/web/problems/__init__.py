"""Problems: the register, one problem from scanning to result, tasks, the one-page briefing."""

from forestall.web.problems.parts import home_parts, place_parts
from forestall.web.problems.urls import navigation, urlpatterns

__all__ = ["home_parts", "navigation", "place_parts", "urlpatterns"]

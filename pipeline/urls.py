from django.urls import URLPattern, URLResolver, include, path

app_name = "pipeline"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("pipeline.settings_urls")),
]

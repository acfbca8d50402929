"""Settings of pipelines and reasons, and the sections that the pages of contacts embed."""

from django.urls import URLPattern, path

from pipeline import contact_views, settings_views

urlpatterns: list[URLPattern] = [
    path("companies/<int:pk>/deals/", contact_views.deals_of_company, name="deals-of-company"),
    path("contacts/<int:pk>/deals/", contact_views.deals_of_contact, name="deals-of-contact"),
    path("settings/pipelines/", settings_views.pipelines, name="pipelines"),
    path("settings/pipelines/new/", settings_views.pipeline_new, name="pipeline-new"),
    path("settings/pipelines/order/", settings_views.pipeline_order, name="pipeline-order"),
    path("settings/pipelines/<int:pk>/", settings_views.pipeline, name="pipeline"),
    path("settings/pipelines/<int:pk>/use/", settings_views.pipeline_use, name="pipeline-use"),
    path("settings/pipelines/<int:pk>/retire/", settings_views.pipeline_retire, name="pipeline-retire"),
    path("settings/pipelines/<int:pk>/stages/order/", settings_views.stage_order, name="stage-order"),
    path("settings/pipelines/<int:pk>/stages/new/", settings_views.stage_new, name="stage-new"),
    path("settings/stages/<int:pk>/", settings_views.stage, name="stage"),
    path("settings/stages/<int:pk>/preview/", settings_views.stage_preview, name="stage-preview"),
    path("settings/stages/<int:pk>/delete/", settings_views.stage_delete, name="stage-delete"),
    path("settings/reasons/", settings_views.reasons, name="reasons"),
    path("settings/reasons/<slug:kind>/new/", settings_views.reason_new, name="reason-new"),
    path("settings/reasons/<slug:kind>/order/", settings_views.reason_order, name="reason-order"),
    path("settings/reasons/<slug:kind>/<int:pk>/", settings_views.reason, name="reason"),
    path("settings/reasons/<slug:kind>/<int:pk>/merge/", settings_views.reason_merge, name="reason-merge"),
]

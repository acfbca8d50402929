"""What follows a won deal."""

from django.urls import URLPattern, path

from quotes.views import after, deliveries, delivery_settings

urlpatterns: list[URLPattern] = [
    path("deals/<int:pk>/after/", after.for_deal, name="after-deal"),
    path("deals/<int:pk>/delivery/", after.delivery_new, name="deal-delivery"),
    path("deals/<int:pk>/renewals/", after.renewal_new, name="deal-renewals"),
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/steps/", after.step_new, name="delivery-steps"),
    path("deliveries/steps/<int:pk>/", after.step, name="step"),
    path("renewals/", deliveries.renewals, name="renewals"),
    path("renewals/<int:pk>/", after.renewal, name="renewal"),
    path("renewals/<int:pk>/cancellation/", after.renewal_cancel, name="renewal-cancellation"),
    path("renewals/<int:pk>/planning/", after.renewal_resume, name="renewal-planning"),
    path("renewals/<int:pk>/opening/", after.renewal_open, name="renewal-opening"),
    path("settings/delivery/", delivery_settings.templates, name="delivery-templates"),
    path("settings/delivery/new/", delivery_settings.template_new, name="template-new"),
    path("settings/delivery/<int:pk>/", delivery_settings.template, name="template"),
]

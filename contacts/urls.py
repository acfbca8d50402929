from django.urls import URLPattern, path

from contacts import views

app_name = "contacts"
urlpatterns: list[URLPattern] = [
    path("companies/", views.companies, name="companies"),
    path("companies/new/", views.company_new, name="company-new"),
    path("companies/<int:pk>/", views.company, name="company"),
    path("companies/<int:pk>/edit/", views.company_edit, name="company-edit"),
    path("companies/<int:pk>/people/", views.company_people, name="company-people"),
    path("contacts/", views.contacts, name="contacts"),
    path("contacts/new/", views.contact_new, name="contact-new"),
    path("contacts/<int:pk>/", views.contact, name="contact"),
    path("contacts/<int:pk>/edit/", views.contact_edit, name="contact-edit"),
    path("contacts/<int:pk>/companies/", views.contact_companies, name="contact-companies"),
    path("positions/<int:pk>/", views.position, name="position"),
    path("settings/sources/", views.sources, name="sources"),
    path("settings/sources/<int:pk>/", views.source, name="source"),
    path("settings/sources/<int:pk>/use/", views.source_use, name="source-use"),
]

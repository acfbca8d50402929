"""The ground floor's own pages: sign-in, settings, probes, the live stream."""

from django.urls import URLPattern, path

from crm.views import audit, company, custom, entrance, fiscal, jobs, live, people, probes, profile, teams, tokens

app_name = "crm"
urlpatterns: list[URLPattern] = [
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("live/", live.live, name="live"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.job_cancel, name="job-cancel"),
    path("sign-in/", entrance.sign_in, name="sign-in"),
    path("sign-out/", entrance.sign_out, name="sign-out"),
    path("settings/", profile.settings, name="settings"),
    path("settings/profile/", profile.profile, name="profile"),
    path("settings/password/", profile.password, name="password"),
    path("settings/theme/", profile.theme, name="theme"),
    path("settings/shortcuts/", profile.shortcuts, name="shortcuts"),
    path("settings/company/", company.workspace, name="workspace"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/new/", people.person_new, name="person-new"),
    path("settings/people/<int:pk>/", people.person, name="person"),
    path("settings/people/<int:pk>/team/", people.person_team, name="person-team"),
    path("settings/people/<int:pk>/password/", people.person_password, name="person-password"),
    path("settings/people/<int:pk>/use/", people.person_use, name="person-use"),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/new/", teams.team_new, name="team-new"),
    path("settings/teams/<int:pk>/", teams.team, name="team"),
    path("settings/teams/<int:pk>/members/", teams.team_members, name="team-members"),
    path("settings/teams/<int:pk>/delete/", teams.team_delete, name="team-delete"),
    path("settings/currencies/", company.currencies, name="currencies"),
    path("settings/currencies/import/", company.currencies_import, name="currencies-import"),
    path("settings/currencies/<str:code>/", company.currency, name="currency"),
    path("settings/currencies/<str:code>/use/", company.currency_use, name="currency-use"),
    path("settings/fiscal-year/", fiscal.fiscal_year, name="fiscal-year"),
    path("settings/plan-rates/", fiscal.plan_rates, name="plan-rates"),
    path("settings/fields/", custom.custom_fields, name="custom-fields"),
    path("settings/fields/new/<slug:noun>/", custom.custom_field_new, name="custom-field-new"),
    path("settings/fields/<int:pk>/", custom.custom_field, name="custom-field"),
    path("settings/fields/<int:pk>/order/", custom.custom_field_order, name="custom-field-order"),
    path("settings/fields/<int:pk>/archive/", custom.custom_field_archive, name="custom-field-archive"),
    path("settings/fields/<int:pk>/restore/", custom.custom_field_restore, name="custom-field-restore"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("settings/audit/", audit.audit, name="audit"),
]

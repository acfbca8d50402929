from django.urls import URLPattern, path

from forecasting import (
    batch_views,
    cell_views,
    dashboard_views,
    judging_views,
    memory_views,
    mine_views,
    plan_views,
    quota_views,
    tree_views,
    views,
)

app_name = "forecasting"
urlpatterns: list[URLPattern] = [
    path("forecast/", views.forecast, name="forecast"),
    path("forecast/cell/<slug:row>/<slug:measure>/", cell_views.cell, name="cell"),
    path("forecast/cell/<slug:row>/<slug:measure>/file/", cell_views.cell_export, name="cell-export"),
    path("forecast/export/<slug:form>/", cell_views.export, name="export"),
    path("forecast/exports/<int:pk>/", cell_views.export_file, name="export-file"),
    path("forecast/dashboard/", dashboard_views.dashboard, name="dashboard"),
    path("forecast/accuracy/", memory_views.accuracy, name="accuracy"),
    path("forecast/changes/", memory_views.changes, name="changes"),
    path("forecast/plan/", plan_views.plan, name="plan"),
    path("forecast/plan/quotas/", plan_views.plan_quotas, name="plan-quotas"),
    path("forecast/mine/", mine_views.mine, name="mine"),
    path("forecast/quotas/", quota_views.quotas, name="quotas"),
    path("forecast/quotas/history/", quota_views.quota_history, name="quota-history"),
    path("forecast/quotas/comparison/", batch_views.quota_comparison, name="quota-comparison"),
    path("forecast/quotas/spread/", batch_views.quota_spread, name="quota-spread"),
    path("forecast/quotas/copy/", batch_views.quota_copy, name="quota-copy"),
    path("forecast/quotas/paste/", batch_views.quota_paste, name="quota-paste"),
    path("forecast/quotas/batches/<int:pk>/undo/", batch_views.quota_batch_undo, name="quota-batch-undo"),
    path("forecast/quotas/<slug:subject>/<str:period>/", quota_views.quota, name="quota"),
    path("forecast/adjustments/<slug:line>/<str:period>/<slug:measure>/", judging_views.adjustment, name="adjustment"),
    path("settings/forecast-tree/", tree_views.forecast_tree, name="tree"),
    path("reports/win-loss/", views.win_loss_report, name="win-loss"),
]

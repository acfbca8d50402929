"""Nouns of the pipeline: board, deals, activities, my day."""

from django.urls import URLPattern, URLResolver, include, path

from pipeline.views import boards, bulk, copies, deals, facts, files, lists, searching, verbs

app_name = "pipeline"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", boards.home, name="home"),
    path("board/", boards.board, name="board"),
    path("board/<int:pipeline>/", boards.board, name="board"),
    path("board/<int:pipeline>/news/", boards.board_news, name="board-news"),
    path("board/<int:pipeline>/filter/", boards.board_filter, name="board-filter"),
    path("board/<int:pipeline>/columns/<slug:column>/", boards.board_column, name="board-column"),
    path("day/", lists.my_day, name="my-day"),
    path("deals/", lists.deals, name="deals"),
    path("deals/bulk/", bulk.deals_bulk, name="deals-bulk"),
    path("deals/bulk/<int:pk>/undo/", bulk.deals_bulk_undo, name="deals-bulk-undo"),
    path("deals/new/", deals.deal_new, name="deal-new"),
    path("deals/new/understood/", deals.deal_understood, name="deal-understood"),
    path("deals/new/companies/", deals.company_names, name="company-names"),
    path("deals/deleted/", copies.deals_deleted, name="deals-deleted"),
    path("deals/<int:pk>/", deals.deal, name="deal"),
    path("deals/<int:pk>/menu/", deals.deal_menu, name="deal-menu"),
    path("deals/<int:pk>/stage/", verbs.deal_stage, name="deal-stage"),
    path("deals/<int:pk>/month/", facts.deal_facts, {"fact": "month"}, name="deal-month"),
    path("deals/<int:pk>/win/", verbs.deal_win, name="deal-win"),
    path("deals/<int:pk>/lose/", verbs.deal_lose, name="deal-lose"),
    path("deals/<int:pk>/reopen/", verbs.deal_reopen, name="deal-reopen"),
    path("deals/<int:pk>/undo/", verbs.deal_undo, name="deal-undo"),
    path("deals/<int:pk>/owner/", facts.deal_owner, name="deal-owner"),
    path("deals/<int:pk>/facts/<slug:fact>/", facts.deal_facts, name="deal-facts"),
    path("deals/<int:pk>/lines/", facts.deal_lines, name="deal-lines"),
    path("deals/<int:pk>/people/", facts.deal_people, name="deal-people"),
    path("deals/<int:pk>/activities/", facts.deal_activities, name="deal-activities"),
    path("deals/<int:pk>/archive/", facts.deal_archive, name="deal-archive"),
    path("deals/<int:pk>/restore/", facts.deal_restore, name="deal-restore"),
    path("deals/<int:pk>/clone/", copies.deal_clone, name="deal-clone"),
    path("deals/<int:pk>/merge/", copies.deal_merge, name="deal-merge"),
    path("deals/<int:pk>/files/", files.deal_files, name="deal-files"),
    path("files/<int:pk>/", files.file_content, name="file"),
    path("files/<int:pk>/delete/", files.file_delete, name="file-delete"),
    path("files/<int:pk>/restore/", files.file_restore, name="file-restore"),
    path("activities/<int:pk>/done/", facts.activity_done, name="activity-done"),
    path("activities/<int:pk>/drop/", facts.activity_drop, name="activity-drop"),
    path("search/", searching.results, name="search"),
    path("", include("pipeline.settings_urls")),
]

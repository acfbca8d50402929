"""Nouns of what can be sold: products, price books, units, taxes."""

from django.urls import URLPattern, path

from pipeline.views import books, exchange, products, taxes

urlpatterns: list[URLPattern] = [
    path("products/", products.products, name="products"),
    path("products/new/", products.product_new, name="product-new"),
    path("products/export/", exchange.products_export, name="products-export"),
    path("products/items/export/", exchange.catalogue_export, {"kind": "bundle_items"}, name="bundles-export"),
    path("products/import/", exchange.catalogue_import, name="catalogue-import"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/edit/", products.product_edit, name="product-edit"),
    path("products/<int:pk>/items/", products.product_items, name="product-items"),
    path("price-books/", books.price_books, name="price-books"),
    path("price-books/new/", books.price_book_new, name="price-book-new"),
    path("price-books/export/", exchange.catalogue_export, {"kind": "price_books"}, name="price-books-export"),
    path("price-books/prices/export/", exchange.prices_export, name="prices-export"),
    path("price-books/<int:pk>/", books.price_book, name="price-book"),
    path("price-books/<int:pk>/edit/", books.price_book_edit, name="price-book-edit"),
    path("settings/units/", taxes.units, name="units"),
    path("settings/units/export/", exchange.catalogue_export, {"kind": "units"}, name="units-export"),
    path("settings/units/<int:pk>/", taxes.unit, name="unit"),
    path("settings/units/<int:pk>/delete/", taxes.unit_delete, name="unit-delete"),
    path("settings/taxes/", taxes.tax_classes, name="taxes"),
    path("settings/taxes/new/", taxes.tax_class_new, name="tax-class-new"),
    path("settings/taxes/export/", exchange.catalogue_export, {"kind": "tax_classes"}, name="tax-classes-export"),
    path("settings/taxes/rates/export/", exchange.catalogue_export, {"kind": "taxes"}, name="taxes-export"),
    path("settings/taxes/<int:pk>/", taxes.tax_class, name="tax-class"),
]

"""The catalogue's part of the table in tests/test_matrix.py, which says how to read it."""

CATALOGUE = """
GET    pipeline:products          302 200 200 200 200 200 200 200 302
GET    pipeline:product           302 200 200 200 200 200 200 200 302
GET    pipeline:products-export   302 200 200 200 200 200 200 200 302
GET    pipeline:price-books       302 200 200 200 200 200 200 200 302
GET    pipeline:price-book        302 200 200 200 200 200 200 200 302
GET    pipeline:prices-export     302 200 200 200 200 200 200 200 302
POST   pipeline:price-book        302 403 403 403 403 403 302 403 302
GET    pipeline:product-new       302 403 403 403 403 403 200 403 302
POST   pipeline:product-new       302 403 403 403 403 403 200 403 302
GET    pipeline:product-edit      302 403 403 403 403 403 200 403 302
POST   pipeline:product-edit      302 403 403 403 403 403 200 403 302
GET    pipeline:product-items     302 403 403 403 403 403 200 403 302
POST   pipeline:product-items     302 403 403 403 403 403 200 403 302
GET    pipeline:catalogue-import  302 403 403 403 403 403 200 403 302
POST   pipeline:catalogue-import  302 403 403 403 403 403 200 403 302
GET    pipeline:price-book-new    302 403 403 403 403 403 200 403 302
POST   pipeline:price-book-new    302 403 403 403 403 403 200 403 302
GET    pipeline:price-book-edit   302 403 403 403 403 403 200 403 302
POST   pipeline:price-book-edit   302 403 403 403 403 403 200 403 302
GET    pipeline:units             302 403 403 403 403 403 200 403 302
POST   pipeline:units             302 403 403 403 403 403 200 403 302
GET    pipeline:unit              302 403 403 403 403 403 200 403 302
POST   pipeline:unit              302 403 403 403 403 403 200 403 302
GET    pipeline:tax-class-new     302 403 403 403 403 403 200 403 302
POST   pipeline:tax-class-new     302 403 403 403 403 403 200 403 302
GET    pipeline:tax-class         302 403 403 403 403 403 200 403 302
POST   pipeline:tax-class         302 403 403 403 403 403 200 403 302
GET    pipeline:taxes             302 403 403 403 403 403 200 403 302
GET    pipeline:unit-delete       302 403 403 403 403 403 405 403 302
POST   pipeline:unit-delete       302 403 403 403 403 403 302 403 302

GET    api:products-list          401 200 200 200 200 200 200 200 200
POST   api:products-list          401 403 403 403 403 403 422 403 403
GET    api:products-detail        401 200 200 200 200 200 200 200 200
PATCH  api:products-detail        401 403 403 403 403 403 200 403 403
GET    api:units-list             401 200 200 200 200 200 200 200 200
POST   api:units-list             401 403 403 403 403 403 422 403 403
GET    api:units-detail           401 200 200 200 200 200 200 200 200
PATCH  api:units-detail           401 403 403 403 403 403 200 403 403
GET    api:tax-classes-list       401 200 200 200 200 200 200 200 200
POST   api:tax-classes-list       401 403 403 403 403 403 422 403 403
GET    api:tax-classes-detail     401 200 200 200 200 200 200 200 200
PATCH  api:tax-classes-detail     401 403 403 403 403 403 200 403 403
GET    api:price-books-list       401 200 200 200 200 200 200 200 200
POST   api:price-books-list       401 403 403 403 403 403 422 403 403
GET    api:price-books-detail     401 200 200 200 200 200 200 200 200
PATCH  api:price-books-detail     401 403 403 403 403 403 200 403 403
DELETE api:units-detail           401 403 403 403 403 403 204 403 403
GET    api:products-items         401 200 200 200 200 200 200 200 200
PUT    api:products-items         401 403 403 403 403 403 422 403 403
GET    api:tax-classes-taxes      401 200 200 200 200 200 200 200 200
PUT    api:tax-classes-taxes      401 403 403 403 403 403 422 403 403
GET    api:price-books-prices     401 200 200 200 200 200 200 200 200
PATCH  api:price-books-prices     401 403 403 403 403 403 422 403 403
"""

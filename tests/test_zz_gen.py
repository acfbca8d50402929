import pytest
from tests.matrix import *
from tests.cast import Cast
pytestmark = pytest.mark.django_db
def test_gen(cast: Cast):
    objects=objects_of(cast); ev=Everyone(cast)
    out=open("/tmp/play/matrix.txt","w")
    for a in addresses():
        try: path=path_of(a,objects)
        except LookupError as e:
            print("??",e); continue
        for m in (["GET","POST"] if is_page(a) else METHODS):
            codes=[ev.ask(r,m,path) for r in ROLES]
            if set(codes)<={405,401,302,404} and m not in ("GET",) and 405 in codes and set(codes)-{405,401,302}==set(): 
                if m!="POST": continue
            out.write(f"{m:6} {a.name:30} {' '.join(map(str,codes))}   {path}\n")

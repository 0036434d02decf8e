"""The embedded servers."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_tests_run_as_the_owner():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('server_version_num')::int >= 150000")
        assert cursor.fetchone() == ("kaoji_owner", True)

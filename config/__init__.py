"""Settings, processes, roles, and the pages that know every app (desk, personal space, home).

Start reading at ``settings.py`` for what the environment decides, ``roles.py`` for who may do what,
``urls.py`` for every address.
"""

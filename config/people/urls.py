"""Addresses of people and duties."""

from django.urls import path

from config.people import adding, appointment, lists, person

app_name = "people"
urlpatterns = [
    path("", lists.people_list, name="list"),
    path("add/", adding.add, name="add"),
    path("duties/", lists.duties, name="duties"),
    path("offices/", lists.offices, name="offices"),
    path("offices/<int:pk>/", lists.office, name="office"),
    path("offices/<int:pk>/head/", adding.head, name="head"),
    path("offices/<int:pk>/add/", adding.add_head, name="add-head"),
    path("<int:pk>/", person.person, name="person"),
    path("<int:pk>/give/", person.give, name="give"),
    path("<int:pk>/reset/", person.reset, name="reset"),
    path("<int:pk>/leave/", person.leave, name="leave"),
    path("appointments/<int:pk>/", appointment.appointment, name="appointment"),
    path("appointments/<int:pk>/end/", appointment.end, name="end"),
    path("appointments/<int:pk>/take/", appointment.take, name="take"),
]

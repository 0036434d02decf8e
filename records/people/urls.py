"""The addresses between the right password and the session, and those of the own account."""

from __future__ import annotations

from django.urls import path

from records.people import account_views, factor_views, password_again

STAGES = [
    path("password/", factor_views.initial_password, name="sign-in-password"),
    path("enrol/", factor_views.enrol, name="sign-in-enrol"),
    path("enrol/authenticator/", factor_views.enrol_authenticator, name="sign-in-enrol-authenticator"),
    path("enrol/passkey/", factor_views.enrol_passkey, name="sign-in-enrol-passkey"),
    path("factor/", factor_views.factor, name="sign-in-factor"),
    path("factor/passkey/", factor_views.factor_passkey, name="sign-in-passkey"),
    path("factor/recovery/", factor_views.factor_recovery, name="sign-in-recovery"),
    path("recovery-codes/", factor_views.recovery_codes, name="sign-in-recovery-codes"),
    path("recovery-codes/file/", factor_views.recovery_codes_file, name="sign-in-recovery-codes-file"),
]

ACCOUNT = [
    path("", account_views.account, name="account"),
    path("password/", account_views.password, name="account-password"),
    path("confirm/", password_again.confirm, name="account-confirm"),
    path("authenticator/", account_views.add_authenticator, name="account-authenticator"),
    path("passkey/", account_views.add_passkey, name="account-passkey"),
    path("factors/<int:pk>/remove/", account_views.remove_factor, name="account-factor-remove"),
    path("recovery-codes/", account_views.renew_codes, name="account-recovery-codes"),
    path("recovery-codes/file/", account_views.renewed_codes_file, name="account-recovery-codes-file"),
    path("sessions/<int:pk>/end/", account_views.end_session, name="account-session-end"),
    path("sessions/end-others/", account_views.end_other_sessions, name="account-sessions-end"),
]

"""Who calls, and is it true: every signature and cipher of the marketplace, in both directions.

Pure functions: no I/O, no clock (the time of a call is passed in), no knowledge of what a message means.
Importing this package or any of its modules loads the standard library only; ``cryptography``,
``huaweicloudsdkcore`` and ``standardwebhooks`` are imported by the functions that need them.

===========================  ==========================================  ======================================
Module                       Scheme                                      Travels in
===========================  ==========================================  ======================================
``body_signature``           HTTP body signature 2.0 (SaaS, licence,     query ``signature, timestamp, nonce``
                             order notification)
``kit_signature``            joint operation kit 2.0                     headers ``x-sign, x-timestamp, x-nonce``
``auth_token``               SaaS and kit 1.0 ``authToken``              query, or header for the kit
``body_sign``                1.0 answers                                 header ``Body-Sign``
``sensitive_fields``         1.0 encrypted fields (AES-CBC)              members userName, password, email, …
``client_secret``            kit client secret (RSA-OAEP)                member ``clientSecret``
``usage_push_signature``     usage push, new interface                   headers ``signature, ts, nonce``
``aksk``                     AK/SK of the open APIs (SDK-HMAC-SHA256)    headers ``X-Sdk-Date, Authorization``
``standard_webhooks``        events to the seller's product              headers ``webhook-*``
===========================  ==========================================  ======================================

``keyring`` holds the keys of one interface class, ``canonical_json`` reads and writes the signed bodies,
``signed_request`` is what both 2.0 callback schemes share, ``errors`` is everything that can be raised.
"""

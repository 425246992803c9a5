import base64
decoded_payload = base64.b64decode("SGVsbG8gV29ybGQ=")
# Result: b'Hello World'

import base64, os
device_key = base64.b64encode(os.urandom(32)).decode('utf-8')

import base64

def encode_device_key(binary_key: bytes) -> str:
    """Convert binary device key to Base64 string for API"""
    return base64.b64encode(binary_key).decode('utf-8')

def decode_packet_payload(b64_payload: str) -> bytes:
    """Decode Base64 packet payload to binary"""
    return base64.b64decode(b64_payload)

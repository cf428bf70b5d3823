"""The entity of an order must be mapped, and its mapping stays."""

from ioplugins import setting
from ioplugins.answers import MappingMetadata
from ioplugins.options import GetMappingMetadataOptions


@setting("getMappingMetadata")
def mapping_metadata(options: GetMappingMetadataOptions) -> dict[str, list[MappingMetadata]]:
    return {
        "order_import": [
            MappingMetadata(required=["entity"], non_editable=["entity"]),
            MappingMetadata(generate_list="item", required=["item"]),
        ]
    }

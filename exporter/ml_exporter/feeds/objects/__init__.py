"""Objects of a store, as S3 has them: fetched whole, read by the formats of files. For kinds of feed that lie there."""

package io.tfcluster.examples.objectfeatures;

/**
 * Where the pictures are, as it is remembered beside the output; without passwords.
 *
 * @param kind {@code folder}, {@code parquet}, {@code mongo} (the user's), or {@code images} (a folder loaded into the embedded MongoDB)
 * @param place the path; of a MongoDB the URI without user and password
 * @param dataDir of the embedded MongoDB, otherwise empty
 * @param idColumn names a picture, once
 * @param imageColumn holds its file
 * @param labelColumn what it is known to be, where there is such a column
 */
record SourceSpec(String kind, String place, String dataDir, String idColumn, String imageColumn, String labelColumn) {

    static final String FOLDER = "folder";
    static final String PARQUET = "parquet";
    static final String MONGO = "mongo";
    static final String IMAGES = "images";

    /** For people. */
    String text() {
        return switch (kind) {
            case PARQUET -> "Parquet at " + place;
            case MONGO -> "MongoDB at " + place;
            case IMAGES -> place + ", in the embedded MongoDB";
            default -> "files under " + place;
        };
    }
}

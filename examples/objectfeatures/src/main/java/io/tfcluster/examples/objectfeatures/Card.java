package io.tfcluster.examples.objectfeatures;

/** A picture on a page. */
record Card(Seen seen, String title, String note) {}

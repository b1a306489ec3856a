package io.tfcluster.examples.flowers;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;

/** Where pictures come from before they are in MongoDB. */
interface PictureSource {

    /** Names of the classes in the order of their labels. */
    List<String> classes();

    long count();

    /** Pictures one after another; only names are held, the bytes are read when asked for, by any thread. */
    Iterator<Candidate> candidates();

    /** For people: photographs from where, or drawn by us. */
    String description();

    /** A name for the collection that holds just these pictures. */
    String collection();

    /** A picture that was not looked at yet. */
    interface Candidate {
        String name();

        int label();

        /** The file's bytes. */
        byte[] read() throws IOException;
    }
}

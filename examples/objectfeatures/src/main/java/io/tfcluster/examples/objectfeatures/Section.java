package io.tfcluster.examples.objectfeatures;

import java.util.List;

/** Pictures that belong together on a page. */
record Section(String title, String note, List<Card> cards) {
    Section {
        cards = List.copyOf(cards);
    }
}

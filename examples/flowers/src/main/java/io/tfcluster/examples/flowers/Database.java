package io.tfcluster.examples.flowers;

import io.tfcluster.examples.common.Console;
import io.tfcluster.examples.common.EmbeddedMongo;
import io.tfcluster.examples.common.ExampleException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The MongoDB of a run: the user's, or an embedded one that is started here and ends with {@link #close()}. */
final class Database implements AutoCloseable {

    private final @Nullable EmbeddedMongo embedded;
    private final PictureStore store;
    private final @Nullable PictureSource source;
    private final boolean strict;
    private final Console console;

    private Database(
            @Nullable EmbeddedMongo embedded,
            PictureStore store,
            @Nullable PictureSource source,
            boolean strict,
            Console console) {
        this.embedded = embedded;
        this.store = store;
        this.source = source;
        this.strict = strict;
        this.console = console;
    }

    static Database open(PictureOptions options, Console console) {
        PictureSource source = options.source();
        if (options.mongoUri != null) {
            return new Database(
                    null,
                    PictureStore.connect(options.mongoUri, PictureStore.COLLECTION),
                    source,
                    options.strict,
                    console);
        }
        Path folder = options.dataDirOrDefault();
        EmbeddedMongo embedded = EmbeddedMongo.start(folder);
        try {
            // Each folder of pictures and each kind of drawing has a collection of its own: runs do not mix.
            String collection = source == null ? PictureStore.COLLECTION : source.collection();
            console.say("MongoDB: embedded, process " + embedded.pid() + ", data in " + folder);
            return new Database(
                    embedded, PictureStore.connect(embedded.uri(), collection), source, options.strict, console);
        } catch (RuntimeException e) {
            embedded.close();
            throw e;
        }
    }

    PictureStore store() {
        return store;
    }

    /** For people and the report: which pictures these are. */
    String pictures() {
        return source == null ? "pictures at " + store.place() : source.description();
    }

    /** Loads what the options name and is not there yet; nothing where they name nothing. */
    void fill() {
        if (source == null) {
            return;
        }
        if (store.count() > 0) {
            List<String> classes = store.classes();
            if (!classes.equals(source.classes())) {
                throw new ExampleException("the collection at " + store.place() + " holds classes " + classes
                        + ", the pictures to load are of " + source.classes()
                        + "; give them a collection of their own in --mongo-uri");
            }
        }
        console.say("Pictures: " + source.description());
        if (source instanceof DrawnPictures && store.count() == source.count()) {
            console.say("Drawn and loaded by an earlier run, same seed and number.");
            return;
        }
        Loader.Report report = new Loader(store, strict).load(source, console.progress("loading", source.count()));
        console.say(report.text());
        long more = store.count() - report.added() - report.known();
        if (more > 0) {
            console.say("The collection holds " + more + " more from earlier; they are used too.");
        }
    }

    @Override
    public void close() {
        store.close();
        if (embedded != null) {
            embedded.close();
        }
    }
}

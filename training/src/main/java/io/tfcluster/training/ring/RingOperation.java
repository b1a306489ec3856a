package io.tfcluster.training.ring;

import java.util.stream.Stream;

/** What all ranks do at the same time; the code travels in the header. */
enum RingOperation {
    SUM(1),
    SUM_FLOAT16(2),
    SUM_DOUBLES(3),
    BROADCAST(4),
    ALL_GATHER(5);

    private final int code;

    RingOperation(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static String name(int code) {
        return Stream.of(values())
                .filter(operation -> operation.code == code)
                .map(RingOperation::name)
                .findFirst()
                .orElse("unknown " + code);
    }
}

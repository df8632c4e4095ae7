package org.iclsweep.sweep.table;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A storage whose requests are seen.
 *
 * @param seen takes the name of each file that is read
 */
record SeenStorage(Storage storage, Consumer<String> seen) {
    private static final Set<String> READING = Set.of("read", "open");

    Storage proxy() {
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    if (READING.contains(method.getName())) {
                        synchronized (this) {
                            seen.accept((String) arguments[0]);
                        }
                    }
                    try {
                        return method.invoke(storage, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}

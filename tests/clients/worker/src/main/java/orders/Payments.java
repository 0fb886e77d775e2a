package orders;

/** Where orders are paid: a service that fails now and then. */
public interface Payments {
    void charge(Order order);
}
